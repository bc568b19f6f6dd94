// Package vectors publishes the test vectors of the payment code, for this
// module's own tests and for every other implementation.
//
// The vectors are the JSON files beside this source. They are written by a
// reference implementation (vectors/generate) that is slow, plain and shares no
// code with package paycode. Each vector tests one thing: it has a name, an input,
// an outcome and, if the outcome is "ok", an output. The outcomes are "ok",
// "code_malformed", "code_invalid", "code_expired", and for sealed seeds
// "seal_invalid". Byte strings are lower-case hex. Numbers that a double cannot
// hold are strings.
package vectors

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/paycode/paycode"
)

// Files holds the JSON files by name.
//
//go:embed *.json
var Files embed.FS

// Outcomes of a vector.
const (
	OK          = "ok"
	Malformed   = "code_malformed"
	Invalid     = "code_invalid"
	Expired     = "code_expired"
	SealInvalid = "seal_invalid"
)

// Vector is one test: what goes in, how it ends, and what comes out of it.
// Output is nil unless Outcome is [OK].
type Vector[In, Out any] struct {
	Name    string `json:"name"`
	Input   In     `json:"input"`
	Outcome string `json:"outcome"`
	Output  *Out   `json:"output,omitempty"`
}

// File is the shape of a file of vectors.
type File[In, Out any] struct {
	About   string            `json:"about"`
	Vectors []Vector[In, Out] `json:"vectors"`
}

// Profiles returns the profiles of profiles.json, by the names that the vectors
// use.
func Profiles() map[string]paycode.Profile {
	return load[map[string]paycode.Profile]("profiles.json")
}

// Authenticators returns the vectors of authenticator apps.
func Authenticators() []Vector[AuthenticatorInput, AuthenticatorOutput] {
	return load[File[AuthenticatorInput, AuthenticatorOutput]]("authenticator.json").Vectors
}

// Seeds returns the vectors of the derivation of seeds.
func Seeds() []Vector[SeedInput, SeedOutput] {
	return load[File[SeedInput, SeedOutput]]("seed.json").Vectors
}

// Tokens returns the vectors of session, mac, token and OTP.
func Tokens() []Vector[TokenInput, TokenOutput] {
	return load[File[TokenInput, TokenOutput]]("token.json").Vectors
}

// Makes returns the vectors of making a code.
func Makes() []Vector[MakeInput, MakeOutput] {
	return load[File[MakeInput, MakeOutput]]("make.json").Vectors
}

// Parses returns the vectors of reading a code.
func Parses() []Vector[ParseInput, ParseOutput] {
	return load[File[ParseInput, ParseOutput]]("parse.json").Vectors
}

// Matches returns the vectors of verifying a code.
func Matches() []Vector[MatchInput, MatchOutput] {
	return load[File[MatchInput, MatchOutput]]("match.json").Vectors
}

// Burns returns the vectors of the burn map.
func Burns() []Vector[BurnInput, BurnOutput] {
	return load[File[BurnInput, BurnOutput]]("burn.json").Vectors
}

// Buckets returns the vectors of the bucket that a code names.
func Buckets() []Vector[BucketInput, BucketOutput] {
	return load[File[BucketInput, BucketOutput]]("bucket.json").Vectors
}

// Windows returns the vectors of the window that holds a time.
func Windows() []Vector[WindowInput, WindowOutput] {
	return load[File[WindowInput, WindowOutput]]("window.json").Vectors
}

// Seals returns the vectors of opening a sealed seed.
func Seals() []Vector[SealInput, SealOutput] {
	return load[File[SealInput, SealOutput]]("seal.json").Vectors
}

// Cards returns the vectors of what a device responds to a reader.
func Cards() []Vector[CardInput, CardOutput] {
	return load[File[CardInput, CardOutput]]("card.json").Vectors
}

// WorkedExample returns the example of docs/codes.md with every value on the way.
func WorkedExample() Example { return load[Example]("example.json") }

// load panics if the file is not what it must be: it is compiled in, and a test
// reads all of them.
func load[T any](name string) (v T) {
	data, err := Files.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		panic(fmt.Sprintf("vectors: %s: %v", name, err))
	}
	return v
}
