type Actions = readonly (readonly [action: string, controls: RegExp])[]

/** Every action of the pages of the log, by the controls that do it, as a keyboard names them. */
export const logActions: Actions = [
  // the log
  ['to the activity', /^a Activity$/],
  ['to what is gone', /^a Deleted$/],
  ['the filter as text', /^input Filter$/],
  ['its button', /^button Filter$/],
  ['the menu of filters', /^button Add a filter$/],
  ['what to filter by', /^select By/],
  ['a value of a list', /^select Is/],
  ['a value that is typed', /^input Is/],
  ['add a filter', /^button Add$/],
  ['take a filter away', /^button Remove the filter /],
  ['take all away', /^button (?:Clear all|Clear the filter)$/],
  ['every entry by itself', /^input Every entry by itself$/],
  ['the menu of exports', /^button Export$/],
  ['export', /^a (?:CSV|NDJSON) /],
  ['the busiest days', /^summary The busiest days$/],
  ['one of them', /^button .*\d{4}\d+$|^button (?:Today|Yesterday)\d+$/],
  ['any day', /^input Any day$/],
  ['a facet', /^button .*\D\d+$/],
  ['new changes', /^button \d+ new changes?$/],
  // what is gone
  ['what is gone for longer', /^button Show older$/],
]

/** Every action on entries, on the page of an element, and in dialogs. */
export const entryActions: Actions = [
  // an entry
  ['show and hide', /^button (?:Show|Hide) what changed: /],
  ['an element', /^a (?!Activity|Deleted|All activity|CSV|NDJSON|History|As of|Who set)/],
  ['compare with the version before', /^button With the version before$/],
  ['compare with now', /^button With now$/],
  ['restore', /^button Restore this version…$/],
  ['bring back', /^button (?:Bring it back…|Bring back .*)$/],
  ['undo a change', /^button Undo this change…$/],
  ['undo a session', /^button Undo these edits…$/],
  ['undo a transaction', /^button Undo all of it…$/],
  ['compare with another', /^button (?:Compare with|Marked for)/],
  ['leave off comparing', /^button Cancel$/],
  ['name a version', /^button Name it…$/],
  ['what changed together with it', /^summary What changed together with it$/],
  ['the entry as it is in the log', /^summary Raw entry \d+$/],
  ['its text, to be scrolled', /^pre /],
  ['the history of a field', /^button History of /],
  ['what is folded', /^button … /],
  ['a branch of a document', /^summary .*\d+ (?:key|item)s?$/],
  // an element
  ['back to all', /^a All activity$/],
  ['its views', /^a (?:History|As of a time|Who set what)$/],
  ['its named versions', /^button Named versions$/],
  ['all of its fields', /^button Show all fields$/],
  ['an older version', /^button Older$/],
  ['a newer version', /^button Newer$/],
  ['any version', /^input Version$/],
  ['any time', /^input On$/],
  ['the table of who set what, to be scrolled', /^div Who last set each value$/],
  // dialogs
  ['close', /^button Close$/],
  ['the differences, to be scrolled', /^div Differences$/],
  ['the name of a version', /^input Name of /],
  ['name it', /^button Name it$/],
  ['compare a named version', /^button Compare “/],
  ['restore a named version', /^button Restore “/],
  ['forget a name', /^button Forget the name “/],
  [
    'which fields come back',
    /^input (?!Filter|Is|By|Every|Any|On|Version|Name|Reason|Single|Change nothing|Restore)[a-z ]+$/,
  ],
  ['what to do about conflicts', /^input (?:Change nothing|Restore the rest|Restore all)/],
  ['an element that will change', /^summary (?:Brings back|Changes|Deletes) /],
  ['why', /^input Reason$/],
  ['do it', /^button (?:Restore|Undo|Bring back|Working…)$/],
  ['keys on and off', /^input Single keys are shortcuts$/],
]

/** The controls that do nothing that is known here, and the actions of a list that none of the used controls did. */
export function findLeftOut(
  { seen, used }: { readonly seen: ReadonlySet<string>; readonly used: ReadonlySet<string> },
  actions: Actions,
): { readonly unknown: readonly string[]; readonly unused: readonly string[] } {
  const actionOf = (control: string) =>
    [...logActions, ...entryActions].find(([, controls]) => controls.test(control))?.[0]
  const done = new Set([...used].map(actionOf))
  return {
    unknown: [...seen].filter((control) => actionOf(control) === undefined),
    unused: actions.map(([action]) => action).filter((action) => !done.has(action)),
  }
}
