import { existsSync } from 'node:fs'

/** The same engine without windows around it costs a test less than half; it is a package of its own. */
const places = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']

/** Where Chromium is looked for. */
export const chromiumPath =
  process.env['CHROMIUM_PATH'] ?? places.find((place) => existsSync(place)) ?? '/usr/bin/chromium'

/** Whether there is a browser to test with. */
export const hasChromium = existsSync(chromiumPath)
