package main

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/paycode/paycode/vectors"
)

// Commands, in hexadecimal. What each is answered is written down by hand.
const (
	cardSelect    = "00a4040008f0504159434f4445" // without Le
	cardCode      = "8088010023"
	cardPass      = "8088020023"
	cardChallenge = "001122334455667700000000000004e2434e5900000000000000000000000000000000"
	cardAsk       = cardCode + cardChallenge
	cardFCI       = "6f0a8408f0504159434f4445"
)

func cardVectors() (all []vectors.Vector[vectors.CardInput, vectors.CardOutput]) {
	add := func(name string, answer []byte, commands, responses string) {
		all = append(all, ok(name, vectors.CardInput{Answer: answer, Commands: apdus(commands)}, vectors.CardOutput{Responses: apdus(responses)}))
	}
	payload := []byte(example().ChallengePayload)
	code, long := hex.EncodeToString(payload), bytes.Repeat([]byte{0x5a}, 300)
	add("a code", payload, cardSelect+"00 "+cardAsk+"00", cardFCI+"9000 "+code+"9000")
	add("selected without wanting a description", payload, cardSelect+" "+cardAsk+"00", "9000 "+code+"9000")
	add("as much of the description as is asked for", payload, cardSelect+"04 00c0000008", "6f0a84086108 f0504159434f44459000")
	add("asked twice", payload, cardSelect+" "+cardAsk+"00 "+cardAsk+"00", "9000 "+code+"9000 "+code+"9000")
	add("in extended length", payload, "00a40400000008f0504159434f44450000 80880100000023"+cardChallenge+"0000", cardFCI+"9000 "+code+"9000")
	add("in pieces", payload, cardSelect+" "+cardAsk+"0a 00c000000a 00c0000000", "9000 "+code[:20]+"6111 "+code[20:40]+"6107 "+code[40:]+"9000")
	add("fetched, as with T=0", payload, cardSelect+" "+cardAsk+" 00c000001b", "9000 611b "+code+"9000")
	add("fetched in the class of the command before", payload, cardSelect+" "+cardAsk+" 80c000001b", "9000 611b "+code+"9000")
	add("longer than a short response", long, cardSelect+" "+cardPass+cardChallenge+"00 00c000002c", "9000 "+hex.EncodeToString(long[:256])+"612c "+hex.EncodeToString(long[256:])+"9000")
	add("more than 255 bytes left", long, cardSelect+" "+cardPass+cardChallenge+"04 00c0000000 00c0000000",
		"9000 "+hex.EncodeToString(long[:4])+"6100 "+hex.EncodeToString(long[:256])+"6128 "+hex.EncodeToString(long[:40])+"9000")
	add("in one extended response", long, cardSelect+" 80880200000023"+cardChallenge+"0000", "9000 "+hex.EncodeToString(long)+"9000")
	add("the rest is gone after another command", payload, cardSelect+" "+cardAsk+"0a "+cardSelect+" 00c0000011", "9000 "+code[:20]+"6111 9000 6985")
	add("nothing to fetch", payload, cardSelect+" 00c0000000", "9000 6985")
	add("fetched twice", payload, cardSelect+" "+cardAsk+" 00c000001b 00c000001b", "9000 611b "+code+"9000 6985")
	add("another application", payload, "00a4040007a0000000031010 "+cardAsk+"00", "6a82 6985")
	add("another application after ours", payload, cardSelect+" 00a4040007a000000003101000 "+cardAsk+"00", "9000 6a82 6985")
	add("part of the name", payload, "00a4040007f0504159434f44 "+cardAsk+"00", "6a82 6985")
	add("by file identifier", payload, "00a40000023f00", "6a86")
	add("not selected", payload, cardAsk+"00", "6985")
	add("another P1", payload, cardSelect+" 8088030023"+cardChallenge+"00", "9000 6a86")
	add("another P2", payload, cardSelect+" 8088010123"+cardChallenge+"00", "9000 6a86")
	add("a challenge of 8 bytes", payload, cardSelect+" 8088010008001122334455667700", "9000 6700")
	add("no challenge", payload, cardSelect+" 8088010000", "9000 6700")
	nothing, tooMuch := strings.Replace(cardChallenge, "4e2", "000", 1), strings.Replace(cardChallenge, "00000000000004e2", "000000e8d4a51001", 1)
	add("a code for nothing", payload, cardSelect+" "+cardCode+nothing+"00", "9000 6a80")
	add("a pass where the fare is not known", payload, cardSelect+" "+cardPass+nothing+"00", "9000 "+code+"9000")
	add("the most that there is", payload, cardSelect+" "+cardCode+strings.Replace(tooMuch, "1001", "1000", 1)+"00", "9000 "+code+"9000")
	add("one more than there is", payload, cardSelect+" "+cardCode+tooMuch+"00", "9000 6a80")
	add("a fare of more than there is", payload, cardSelect+" "+cardPass+tooMuch+"00", "9000 6a80")
	add("a currency in small letters", payload, cardSelect+" "+cardCode+strings.Replace(cardChallenge, "434e59", "636e79", 1)+"00", "9000 6a80")
	add("a currency that moves the cursor", payload, cardSelect+" "+cardCode+strings.Replace(cardChallenge, "434e59", "1b5b4a", 1)+"00", "9000 6a80")
	add("other instructions", payload, cardSelect+" 80ca9f1700 00b0000000", "9000 6d00 6d00")
	add("other classes", payload, "ffca000000 01a4040008f0504159434f4445", "6e00 6e00")
	add("half a header", payload, "00a4", "6700")
	add("less data than said", payload, "00a4040009f0504159434f4445", "6700")
	add("more data than said", payload, cardSelect+"0000", "6700")
	add("no data in extended length", payload, "00a40400000000", "6a82")
	add("no data, and a length after it", payload, "00a404000000000000", "6700")
	return all
}

// apdus reads what blanks separate.
func apdus(text string) (all []vectors.Hex) {
	for one := range strings.FieldsSeq(text) {
		b, err := hex.DecodeString(one)
		if err != nil {
			panic(err) // the values are ours
		}
		all = append(all, b)
	}
	return all
}
