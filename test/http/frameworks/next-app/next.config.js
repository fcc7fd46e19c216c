// oxlint-disable-next-line import/no-default-export -- how Next.js reads it
export default { logging: false }
