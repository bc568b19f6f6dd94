package main

import (
	"bytes"
	"encoding/hex"

	"github.com/paycode/paycode/vectors"
)

// The values of the worked example of docs/codes.md.
var (
	exampleMaster    = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	exampleDevice    = unhex("0193e4a07b0c7c3f8a5d2f1e0c9b8a76")
	exampleSeed      = mac256(exampleMaster, seedInfo(exampleDevice, 1))
	rotatedSeed      = mac256(exampleMaster, seedInfo(exampleDevice, 2))
	exampleSlot      = slot{Counter: 29921400, Nonce: 3}
	exampleChallenge = vectors.Challenge{
		Nonce: unhex("0011223344556677"), Amount: 1250, Currency: "CNY", Merchant: make([]byte, 16),
	}
)

const (
	exampleUnix  = 1795284017
	exampleAlias = 123456789
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func example() vectors.Example {
	v := compute(exampleSeed, exampleAlias, exampleSlot, nil)
	bound := compute(exampleSeed, exampleAlias, exampleSlot, &exampleChallenge)
	return vectors.Example{
		About:     "The worked example of docs/codes.md with every value on the way.",
		MasterKey: exampleMaster, Device: exampleDevice, Generation: 1,
		Info: seedInfo(exampleDevice, 1), Seed: exampleSeed,
		UnixSeconds: exampleUnix, Alias: exampleAlias, Slot: exampleSlot,
		Session: v.session, Message: v.msg, MAC: v.full, Token: v.token(), OTP: v.otp(6),
		Digits: v.digits(profiles()["default"]), Payload: v.payload(), Text: v.text(), TLV: v.tlv(), EMV: v.emv(),
		Challenge: exampleChallenge, ChallengeBytes: challengeBytes(&exampleChallenge),
		ChallengeHash: bound.msg[13:], ChallengeMessage: bound.msg, ChallengeMAC: bound.full,
		ChallengePayload: bound.payload(), ChallengeText: bound.text(),
	}
}

func seedVectors() (all []vectors.Vector[vectors.SeedInput, vectors.SeedOutput]) {
	add := func(name string, master, device []byte, generation uint32) {
		info := seedInfo(device, generation)
		all = append(all, ok(name,
			vectors.SeedInput{MasterKey: master, Device: device, Generation: generation},
			vectors.SeedOutput{Info: info, Seed: mac256(master, info)}))
	}
	zero16, zero32 := make([]byte, 16), make([]byte, 32)
	ones16, ones32 := bytes.Repeat([]byte{0xff}, 16), bytes.Repeat([]byte{0xff}, 32)
	add("worked example", exampleMaster, exampleDevice, 1)
	add("next generation", exampleMaster, exampleDevice, 2)
	add("generation 0", exampleMaster, exampleDevice, 0)
	add("generation is big-endian", exampleMaster, exampleDevice, 0x01020304)
	add("largest generation", exampleMaster, exampleDevice, 1<<32-1)
	add("other device", exampleMaster, unhex("0193e4a07b0c7c3f8a5d2f1e0c9b8a77"), 1)
	add("other master key", ones32, exampleDevice, 1)
	add("all zero", zero32, zero16, 0)
	add("all ones", ones32, ones16, 1<<32-1)
	return all
}

func tokenVectors() (all []vectors.Vector[vectors.TokenInput, vectors.TokenOutput]) {
	add := func(name string, seed []byte, alias uint64, s slot, digits int, c *vectors.Challenge) {
		v := compute(seed, alias, s, c)
		all = append(all, ok(name,
			vectors.TokenInput{Seed: seed, Alias: alias, Slot: s, Challenge: c, OTPDigits: digits},
			vectors.TokenOutput{Session: v.session, Message: v.msg, MAC: v.full, Token: v.token(), OTP: v.otp(digits)}))
	}
	now := exampleSlot.Counter
	add("worked example", exampleSeed, exampleAlias, exampleSlot, 6, nil)
	add("next generation", rotatedSeed, exampleAlias, exampleSlot, 6, nil)
	add("nonce 0", exampleSeed, exampleAlias, at(now, 0), 6, nil)
	add("nonce 9", exampleSeed, exampleAlias, at(now, 9), 6, nil)
	add("next window", exampleSeed, exampleAlias, at(now+1, 3), 6, nil)
	add("window 0 is written as one digit", exampleSeed, exampleAlias, at(0, 3), 6, nil)
	add("window 9", exampleSeed, exampleAlias, at(9, 3), 6, nil)
	add("window 10", exampleSeed, exampleAlias, at(10, 3), 6, nil)
	add("last window", exampleSeed, exampleAlias, at(1<<32-1, 3), 6, nil)
	add("alias 0 is zero-padded to 12 digits", exampleSeed, 0, exampleSlot, 6, nil)
	add("largest alias of 9 digits", exampleSeed, 999999999, exampleSlot, 6, nil)
	add("largest alias of 12 digits", exampleSeed, 999999999999, exampleSlot, 6, nil)
	add("otp of 7 digits", exampleSeed, exampleAlias, exampleSlot, 7, nil)
	add("otp of 8 digits", exampleSeed, exampleAlias, exampleSlot, 8, nil)
	add("otp of 10 digits", exampleSeed, exampleAlias, exampleSlot, 10, nil)
	add("otp of 12 digits", exampleSeed, exampleAlias, exampleSlot, 12, nil)
	add("otp with leading zeros", exampleSeed, exampleAlias, leadingZeros(), 6, nil)
	for _, c := range challenges() {
		add("challenge: "+c.name, exampleSeed, exampleAlias, exampleSlot, 6, &c.challenge)
	}
	return all
}

// leadingZeros finds the first slot from the example's on whose OTP begins 00.
func leadingZeros() slot {
	s := slot{Counter: exampleSlot.Counter}
	for compute(exampleSeed, exampleAlias, s, nil).otp(6)[:2] != "00" {
		s.Counter++
	}
	return s
}

type namedChallenge struct {
	name      string
	challenge vectors.Challenge
}

// challenges are the worked example's, and others that differ from it in one field.
func challenges() []namedChallenge {
	nonce, amount, currency, merchant := exampleChallenge, exampleChallenge, exampleChallenge, exampleChallenge
	nonce.Nonce = unhex("0011223344556678")
	amount.Amount = 1251
	currency.Currency = "HKD"
	merchant.Merchant = unhex("0193e4a07b0c7c3f8a5d2f1e0c9b8a77")
	largest := exampleChallenge
	largest.Amount = 1<<64 - 1
	return []namedChallenge{
		{"worked example", exampleChallenge},
		{"other nonce", nonce},
		{"other amount", amount},
		{"other currency", currency},
		{"other merchant", merchant},
		{"largest amount", largest},
	}
}

func makeVectors() (all []vectors.Vector[vectors.MakeInput, vectors.MakeOutput]) {
	add := func(name, profile, form string, alias uint64, s slot, c *vectors.Challenge) {
		v := compute(exampleSeed, alias, s, c)
		all = append(all, ok(name,
			vectors.MakeInput{Profile: profile, Form: form, Seed: exampleSeed, Alias: alias, Slot: s, Challenge: c},
			vectors.MakeOutput{Code: v.code(form, profiles()[profile])}))
	}
	now := exampleSlot.Counter
	for _, form := range []string{"digits", "text", "emv"} {
		add(form+": worked example", "default", form, exampleAlias, exampleSlot, nil)
		add(form+": nonce 0", "default", form, exampleAlias, at(now, 0), nil)
		add(form+": last window", "default", form, exampleAlias, at(now-1, 9), nil)
		add(form+": next window", "default", form, exampleAlias, at(now+1, 9), nil)
		add(form+": alias 0", "default", form, 0, exampleSlot, nil)
		add(form+": largest alias", "default", form, 999999999, exampleSlot, nil)
		add(form+": window 0", "default", form, exampleAlias, at(0, 0), nil)
		add(form+": last window of all", "default", form, exampleAlias, at(1<<32-1, 9), nil)
		add(form+": alias of 7 digits", "short", form, 7, at(59842800, 3), nil)
		add(form+": alias of 11 digits", "wide", form, 12345678901, exampleSlot, nil)
		add(form+": alias of 12 digits", "twelve", form, 999999999999, exampleSlot, nil)
	}
	add("digits: leading zeros in the OTP", "default", "digits", exampleAlias, leadingZeros(), nil)
	for _, c := range challenges() {
		add("challenge: "+c.name, "default", "text", exampleAlias, exampleSlot, &c.challenge)
	}
	return all
}
