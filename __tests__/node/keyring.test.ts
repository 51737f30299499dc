import { expect, test } from '@jest/globals'
import { readKeyring } from '../../src/node/packages/keyring.ts'

/** Made with gpg for this test: an ed25519 key that never expires, and an RSA key that ends on 2030-01-02. */
const lasting =
  'mDMEawOzChYJKwYBBAHaRw8BAQdA7SSsOW3+ERi0OcNkrvv6oWzOmUp9kzo8TXEKNZkRfr60EnNpbXVsYXRlZCBwYWNrYWdlc4iQBBMWCAA4FiEEb+rMc4l3zRg2Rfz/+Jbms36UPXUFAmsDswoCGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ+Jbms36UPXWYXAEAhh5+RYSlpU0oU9s1YQWvlllkaTQYTiQTdbLIZoaCf3wA/01JVI1gyrt7nDlUHLjTaNrv2S95hbJRIFm1t18fN24G'
const ending =
  'mQENBGsDswoBCADKPOS1TGk6dgUt76V3NyY3sKwqh51SRPBmJQyc4ssZuZy2mmMhLpnvxSsSAEd/ut8tWR7eAozqE4Wf0YLMP41kCTRcVzT/nx3TWUFzB9oczS5wo0CUva0oUEhYP37Vq0aqnarrFddtdiv4QzBRX6f4y586LGX75BUR/vZoPCfEJx8idjIW0pi+PWVLlhMywH4BSG+DcWCEjsA/6VYO/53wgpv8qIYCCwgkCwQjrQQPX+FW24ovbVHFjkIuMu+neiZ+Xx69eW+HwtjjDSH1Eebz9XeHKVfgNDIiZNSI/2f6M0RcT0ddxN/xJzwuaRfMEioIk64EH0xkVGrSoUrxlCFHABEBAAG0CGV4cGlyaW5niQFUBBMBCgA+FiEEaj5IVm6g0rkyYkK+ivVHHqpEnZUFAmsDswoCGwMFCQXaH7YFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQivVHHqpEnZVubggAmkVMds0PojRhk3XSa1byn1p9mDjGIv3pyzr5RrUeuiSYDDsFJee8qX6r2pMA/KvlU6ijUZd4X7haPx6xs9dQIxO6Bij3FgdvVDzcB1CG6RcqBJOwOGUlg0/z97EqOhD9r8rLAhJ0G9VDVSGAju3vQfhrcXgv2OGa7wCIDh61C+a0fuRwKzabt3Ri7YsjPX4PthlpPiLHjqgGPm2vxb2tfsKFLt8gF+/a6NZe4u/jNhCCAhiYeqTzwjzYWwA5GpBhjxCUECCyttigIhVyJcHz15uzFsRt+015V2BeCOk/seRSMMsPs0ekjzxvzQ8k4QGPzu9dFkQnCBvJnsHzyes6Lw=='

test('the fingerprint and the expiry are those that gpg shows', () => {
  expect(readKeyring(lasting)).toEqual([
    { fingerprint: '6FEACC738977CD183645FCFFF896E6B37E943D75', expires: undefined },
  ])
  expect(readKeyring(ending)).toEqual([
    { fingerprint: '6A3E48566EA0D2B9326242BE8AF5471EAA449D95', expires: 1893585600 },
  ])
})

test('a keyring with two keys has both', () => {
  const both = Buffer.concat([Buffer.from(lasting, 'base64'), Buffer.from(ending, 'base64')])
  expect(readKeyring(both.toString('base64')).map(({ expires }) => expires)).toEqual([undefined, 1893585600])
})

test('an armoured keyring is read as the binary one', () => {
  const lines = ending.match(/.{1,64}/g)?.join('\n') ?? ''
  const armoured = `-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n\n${lines}\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n`
  expect(readKeyring(Buffer.from(armoured).toString('base64'))).toEqual(readKeyring(ending))
})

test('what is no keyring has no keys, however it is cut', () => {
  expect(readKeyring(Buffer.from('<html>404</html>').toString('base64'))).toEqual([])
  expect(readKeyring('')).toEqual([])
  const whole = Buffer.from(ending, 'base64')
  for (let length = 0; length < whole.length; length += 7)
    expect(() => readKeyring(whole.subarray(0, length).toString('base64'))).not.toThrow()
})
