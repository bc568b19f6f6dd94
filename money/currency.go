package money

import (
	"fmt"
	"strings"
)

// Currency is an ISO 4217 alphabetic code in upper case, such as "CNY".
type Currency string

// minorDigits lists the currencies that may be used, with the number of
// decimal digits of their minor unit where that is not two (ISO 4217, list one).
var minorDigits = func() map[Currency]int {
	m := map[Currency]int{}
	for digits, codes := range map[int]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
		2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF " +
			"CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF " +
			"IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR " +
			"MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD " +
			"SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG",
		3: "BHD IQD JOD KWD LYD OMR TND",
	} {
		for _, c := range strings.Fields(codes) {
			m[Currency(c)] = digits
		}
	}
	return m
}()

// ParseCurrency reads a code of three upper-case letters; ErrCurrency when it is not in use.
func ParseCurrency(s string) (Currency, error) {
	if _, ok := minorDigits[Currency(s)]; !ok {
		return "", fmt.Errorf("%w: %.8q", ErrCurrency, s)
	}
	return Currency(s), nil
}

// Exponent is the number of decimal digits of the minor unit: 2 for CNY, 0 for JPY.
func (c Currency) Exponent() int { return minorDigits[c] }
