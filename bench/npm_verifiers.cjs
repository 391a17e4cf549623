// Puts addresses to a verifier of the npm registry, as its own documentation says, and prints what it answers.
//
// usage: node npm_verifiers.cjs FOLDER PACKAGE <ADDRESSES      (FOLDER has node_modules)
//
// Prints a line of JSON for each address: {"address": ..., "valid": what its user gets, "missing": whether it says
// that there is no such mailbox, "words": what else it says}.
'use strict'

const {createRequire} = require('module')
const path = require('path')
const readline = require('readline')

const [folder, name] = process.argv.slice(2)
const installed = createRequire(path.join(path.resolve(folder), 'package.json'))
const inFlight = 8
const timeout = 10000  // milliseconds; deep-email-validator has the same of its own

const verifiers = {
  'deep-email-validator': async (address) => {
    const {validate} = installed('deep-email-validator')
    // Domains of this world are in no list of typing errors or of disposable addresses.
    const found = await validate({email: address, validateTypo: false, validateDisposable: false})
    const words = found.validators.smtp.reason || found.reason || ''
    return {valid: found.valid, missing: !found.valid && words === 'Mailbox not found.', words}
  },

  'email-existence': (address) => new Promise((resolve) => {
    installed('email-existence').check(address, (error, found, undetermined) => {
      // The third argument is not in its documentation.
      resolve({valid: found === true, missing: !error && found === false && undetermined !== true,
        words: undetermined ? 'undetermined' : String(error || found)})
    }, timeout)
  }),

  'email-verify': (address) => new Promise((resolve) => {
    const verifier = installed('email-verify')
    verifier.verify(address, {timeout}, (error, found) => {
      const finished = !error && found.code === verifier.verifyCodes.finishedVerification && !found.tryagain
      resolve({valid: found.success, missing: finished && !found.success, words: found.info})
    })
  }),
}

async function main() {
  const ask = verifiers[name]
  const addresses = []
  for await (const line of readline.createInterface({input: process.stdin})) if (line) addresses.push(line)
  const worker = async () => {
    for (let address = addresses.shift(); address; address = addresses.shift()) {
      const answer = await ask(address)
      process.stdout.write(JSON.stringify({address, ...answer}) + '\n')
    }
  }
  await Promise.all(Array.from({length: inFlight}, worker))
  process.exit(0)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
