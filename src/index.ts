import './shim.ts'
import { hello } from './node/x.ts'
import * as core from '@actions/core'
import { NodeSSH } from 'node-ssh'
import semver from 'semver'
core.info(hello() + typeof NodeSSH + semver.parse('1.2.3')?.version)
