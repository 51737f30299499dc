import { rmSync } from 'node:fs'; rmSync('dist/pagent.exe', {force:true})
