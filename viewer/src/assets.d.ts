/** A style sheet as text, for `CSSStyleSheet.replaceSync`: no style element, so that the strictest CSP holds. */
declare module '*.css?inline' {
  const text: string
  // oxlint-disable-next-line import/no-default-export -- how Vite gives it
  export default text
}

/** A style sheet that Vite writes into a file of its own. */
declare module '*.css'
