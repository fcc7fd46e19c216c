// what a page fetches only when somebody asks for it, in one file: it packs better than many
export { CompareDialog } from './dialogs/compare-dialog.tsx'
export { VersionsDialog } from './dialogs/versions-dialog.tsx'
export { HelpDialog } from './dialogs/help-dialog.tsx'
export { RestoreDialog } from './dialogs/restore-dialog.tsx'
export { LogView } from './log/log-view.tsx'
export { DocumentDiffView } from './values/document-diff-view.tsx'
export { AsOfView } from './versions/as-of-view.tsx'
export { BlameView } from './versions/blame-view.tsx'
