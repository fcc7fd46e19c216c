/**
 * What a route does, for `authorize` and the viewer's buttons. `label` names versions and takes one's own names away;
 * `forget` beside it takes those of others away, too.
 */
export const capabilities = ['read', 'watch', 'export', 'restore', 'undo', 'label', 'forget'] as const

/** Something that a caller may do. */
export type Capability = (typeof capabilities)[number]
