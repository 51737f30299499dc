import { remoteContract } from './contract.ts'

remoteContract('library')
