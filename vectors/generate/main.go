// Command generate writes the test vectors. Run it from the module's root:
//
//	go run ./vectors/generate
//
// It is deterministic: the same source writes the same files. The expected values
// come from the reference implementation in this directory, and whether a code is
// accepted is written down by hand, case by case.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/vectors"
)

func main() {
	for name, data := range files() {
		if err := os.WriteFile(filepath.Join("vectors", name), data, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// files returns the contents of all files by name.
func files() map[string][]byte {
	return map[string][]byte{
		"profiles.json":      encode(profiles()),
		"seed.json":          file("Deriving the seed of a device and generation from the master key.", seedVectors()),
		"token.json":         file("From seed to session, mac, token and OTP.", tokenVectors()),
		"make.json":          file("Making the code of a slot. Challenge-bound codes have a challenge.", makeVectors()),
		"parse.json":         file("Reading a code: what is accepted, and every way to be malformed.", parseVectors()),
		"match.json":         file("Verifying a code in the window now against the seeds of the device.", matchVectors()),
		"burn.json":          file("Burning slots one after the other.", burnVectors()),
		"bucket.json":        file("The bucket of the payer whose code it is.", bucketVectors()),
		"window.json":        file("The number of the window that holds a time.", windowVectors()),
		"seal.json":          file("Opening a sealed seed (HPKE).", sealVectors()),
		"issuer.json":        file("Deriving the issuer key that belongs to a master key.", issuerVectors()),
		"present.json":       file("Issuing a pass and presenting it, with deterministic signatures.", presentVectors()),
		"passtext.json":      file("Reading the text of a presentation.", passTextVectors()),
		"verify.json":        file("Verifying a presentation, as a gate does.", verifyVectors()),
		"receipt.json":       file("Verifying a receipt, as a till does that waits for an amount.", receiptVectors()),
		"delta.json":         file("Verifying a delta of the deny list.", deltaVectors()),
		"card.json":          file("What a device that is held against a reader responds to its commands.", cardVectors()),
		"authenticator.json": file("Matching a member number and the six digits of an authenticator app.", authenticatorVectors()),
		"example.json":       encode(example()),
	}
}

func file[In, Out any](about string, v []vectors.Vector[In, Out]) []byte {
	return encode(vectors.File[In, Out]{About: about, Vectors: v})
}

func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		panic(err) // the values are ours
	}
	return buf.Bytes()
}

func ok[In, Out any](name string, in In, out Out) vectors.Vector[In, Out] {
	return vectors.Vector[In, Out]{Name: name, Input: in, Outcome: vectors.OK, Output: &out}
}

func profiles() map[string]paycode.Profile {
	const day = 24 * 60 * 60
	return map[string]paycode.Profile{
		"default": {Prefix: "70", OnlinePrefix: "71", AliasDigits: 9, OTPDigits: 6, PeriodSeconds: 60, Skew: 1, SeedTTLSeconds: 30 * day},
		"strict":  {Prefix: "70", OnlinePrefix: "71", AliasDigits: 9, OTPDigits: 6, PeriodSeconds: 60, Skew: 0, SeedTTLSeconds: 30 * day},
		"lenient": {Prefix: "70", OnlinePrefix: "71", AliasDigits: 9, OTPDigits: 6, PeriodSeconds: 60, Skew: 2, SeedTTLSeconds: 30 * day},
		"short":   {Prefix: "28", OnlinePrefix: "29", AliasDigits: 7, OTPDigits: 6, PeriodSeconds: 30, Skew: 1, SeedTTLSeconds: day},
		"wide":    {Prefix: "05", OnlinePrefix: "06", AliasDigits: 11, OTPDigits: 10, PeriodSeconds: 60, Skew: 1, SeedTTLSeconds: 30 * day},
		"twelve":  {Prefix: "70", OnlinePrefix: "71", AliasDigits: 12, OTPDigits: 8, PeriodSeconds: 60, Skew: 1, SeedTTLSeconds: 30 * day},
	}
}
