import { generatePrisma } from '../dev/generate-prisma.ts'

await generatePrisma()
