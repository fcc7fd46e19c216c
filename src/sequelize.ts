export { recordModels } from './orm/sequelize/record-models.ts'
export type { SequelizeListenerOptions } from './orm/sequelize/record-models.ts'
export type { SequelizeModelOption } from './orm/sequelize/model-option.ts'
