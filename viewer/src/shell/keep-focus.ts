/**
 * Keeps the keyboard's place in a shadow tree. Where what has the focus goes, or can be used no more, what was next around it
 * has it: the place in there that is marked for that, else all of it. Tab goes on from there, not from the page's beginning.
 */
export function keepFocus(root: ShadowRoot): void {
  let chain: readonly Element[] = []
  root.addEventListener('focusin', ({ target }) => {
    chain = ancestorsOf(target)
  })
  new MutationObserver(() => {
    const [last, ...around] = chain
    if (last === undefined || (last.isConnected && !last.matches(':disabled'))) return
    const { activeElement } = document
    const isElsewhere =
      activeElement !== null && activeElement !== document.body && root.activeElement !== last
    const rest = around.find((one) => one.isConnected)
    const place = rest?.querySelector('[data-land], [aria-current]') ?? rest
    if (isElsewhere || !(place instanceof HTMLElement)) return
    // -1, too, where it cannot have the focus
    if (place.tabIndex < 0) place.tabIndex = -1
    place.focus({ preventScroll: true })
  }).observe(root, { childList: true, subtree: true, attributeFilter: ['disabled'] })
}

function ancestorsOf(target: EventTarget | null): readonly Element[] {
  return target instanceof Element ? [target, ...ancestorsOf(target.parentElement)] : []
}
