import base from './base.css?inline'
import feed from './feed.css?inline'
import values from './values.css?inline'

/** The style of what every element may draw at first; parts that are fetched later bring their own. */
export const commonStyle = [base, feed, values].join('\n')
