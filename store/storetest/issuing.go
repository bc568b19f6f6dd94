package storetest

import (
	"fmt"
	"testing"
)

// Issuing checks what package issuing does on an engine: every rule, the
// refusals, and the races.
func Issuing(t *testing.T, open Opener) {
	for _, buckets := range []int{1, 16} {
		t.Run(fmt.Sprintf("buckets=%d", buckets), func(t *testing.T) {
			db := open(t, buckets)
			for _, test := range []struct {
				name string
				run  func(*testing.T, *issuer)
			}{
				{"PayerOncePerExternalID", payerOncePerExternalID},
				{"PayerAfterCrash", payerAfterCrash},
				{"PayerRefused", payerRefused},
				{"PayersRace", payersRace},
				{"PayersSpread", payersSpread},
				{"Limits", limits},
				{"Enrol", enrol},
				{"TicketRefused", ticketRefused},
				{"TicketAgain", ticketAgain},
				{"TicketAgainAfterLoss", ticketAgainAfterLoss},
				{"TicketsRace", ticketsRace},
				{"TicketRacedBySamePhone", ticketRacedBySamePhone},
				{"RequestRefused", requestRefused},
				{"PassesOfGoodDevices", passesOfGoodDevices},
				{"OnePass", onePass},
				{"ForgottenPass", forgottenPass},
				{"SyncRenews", syncRenews},
				{"AliasesUntilAcknowledged", aliasesUntilAcknowledged},
				{"AliasesWhenAnswersAreLost", aliasesWhenAnswersAreLost},
				{"AliasShownByPayment", aliasShownByPayment},
				{"AliasTaken", aliasTaken},
				{"AliasForgetsWrongCodes", aliasForgetsWrongCodes},
				{"SyncsRace", syncsRace},
				{"Rotate", rotate},
				{"RotateToNewKey", rotateToNewKey},
				{"Status", status},
				{"StatusRace", statusRace},
				{"OnlineCode", onlineCode},
				{"OnlineCodeRefused", onlineCodeRefused},
				{"Authenticate", authenticate},
				{"ProofRefused", proofRefused},
				{"ProofsRace", proofsRace},
				{"ProofsForgotten", proofsForgotten},
				{"NobodyThere", nobodyThere},
				{"CrashCreatingPayer", crashCreatingPayer},
				{"CrashEnrolling", crashEnrolling},
				{"CrashSyncing", crashSyncing},
				{"CrashFreezing", crashFreezing},
			} {
				t.Run(test.name, func(t *testing.T) { test.run(t, newIssuer(t, db, 1)) })
			}
			t.Run("DevicesWithKey", func(t *testing.T) { devicesWithKey(t, newIssuer(t, open(t, buckets), 1)) })
		})
	}
}
