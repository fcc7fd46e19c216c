import { existsSync } from 'node:fs'

/** Where Chromium is looked for. */
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

/** Whether there is a browser to test with. */
export const hasChromium = existsSync(chromiumPath)
