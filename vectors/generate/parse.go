package main

import (
	"slices"
	"strings"

	"github.com/paycode/paycode/vectors"
)

type parseVector = vectors.Vector[vectors.ParseInput, vectors.ParseOutput]

func parseVectors() []parseVector {
	return slices.Concat(parseAccept(), rejectDigits(), rejectText(), rejectEMV())
}

func accept(name, profile, code, form string, v value) parseVector {
	out := vectors.ParseOutput{Form: form, Type: v.typ, Alias: &v.alias, Nonce: &v.slot.Nonce}
	if form == "digits" {
		out.OTP = v.otp(profiles()[profile].OTPDigits)
	} else {
		out.Counter, out.Token = &v.slot.Counter, v.token()
	}
	return ok(name, vectors.ParseInput{Profile: profile, Code: code}, out)
}

func online(name, profile, code, digits string) parseVector {
	return ok(name, vectors.ParseInput{Profile: profile, Code: code}, vectors.ParseOutput{Form: "online", Online: digits})
}

func reject(name, code string) parseVector { return rejectWith("default", name, code) }

func rejectWith(profile, name, code string) parseVector {
	return parseVector{
		Name: name, Input: vectors.ParseInput{Profile: profile, Code: code}, Outcome: vectors.Malformed,
	}
}

func parseAccept() (all []parseVector) {
	ps := profiles()
	add := func(v parseVector) { all = append(all, v) }
	v := compute(exampleSeed, exampleAlias, exampleSlot, nil)
	bound := compute(exampleSeed, exampleAlias, exampleSlot, &exampleChallenge)
	for _, form := range []string{"digits", "text", "emv"} {
		code := v.code(form, ps["default"])
		add(accept(form, "default", code, form, v))
		add(accept(form+" with blanks around it", "default", " \t\r\n"+code+"\r\n \t", form, v))
		for _, w := range []struct {
			name, profile string
			alias         uint64
			slot          slot
		}{
			{"alias 0", "default", 0, at(29921400, 0)},
			{"largest alias of 9 digits", "default", 999999999, at(29921400, 9)},
			{"alias of 7 digits", "short", 1234567, at(59842800, 3)},
			{"alias of 11 digits", "wide", 12345678901, exampleSlot},
			{"largest alias of 12 digits", "twelve", 999999999999, exampleSlot},
		} {
			x := compute(exampleSeed, w.alias, w.slot, nil)
			add(accept(form+" with "+w.name, w.profile, x.code(form, ps[w.profile]), form, x))
		}
	}
	zeros := compute(exampleSeed, exampleAlias, leadingZeros(), nil)
	add(accept("digits with leading zeros in the OTP", "default", zeros.digits(ps["default"]), "digits", zeros))
	first := compute(exampleSeed, exampleAlias, at(0, 0), nil)
	last := compute(exampleSeed, exampleAlias, at(1<<32-1, 9), nil)
	add(accept("text of window 0", "default", first.text(), "text", first))
	add(accept("text of the last window of all", "default", last.text(), "text", last))
	add(accept("text bound to a challenge", "default", bound.text(), "text", bound))
	add(accept("emv bound to a challenge", "default", bound.emv(), "emv", bound))

	text := v.text()
	for _, spelling := range []struct{ name, code string }{
		{"lower case", strings.ToLower(text)},
		{"letter O for 0", strings.ReplaceAll(text, "0", "O")},
		{"small o for 0", strings.ReplaceAll(text, "0", "o")},
		{"letter I for 1", strings.ReplaceAll(text, "1", "I")},
		{"small i for 1", strings.ReplaceAll(text, "1", "i")},
		{"letter L for 1", strings.ReplaceAll(text, "1", "L")},
		{"small l for 1", strings.ReplaceAll(text, "1", "l")},
	} {
		add(accept("text read by Crockford's rules: "+spelling.name, "default", spelling.code, "text", v))
	}

	add(online("online", "default", "711234567890123456", "711234567890123456"))
	add(online("online, all zero", "default", "710000000000000000", "710000000000000000"))
	add(online("online with blanks around it", "default", "\t711234567890123456\r\n", "711234567890123456"))
	add(online("online of 16 digits", "short", "2912345678901234", "2912345678901234"))
	add(online("online of 24 digits, more than 64 bits", "wide", "069999999999999999999999", "069999999999999999999999"))
	return all
}
