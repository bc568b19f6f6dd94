// Package gtfs says what rides cost, from a feed in the General Transit Feed
// Specification (GTFS Schedule, https://gtfs.org/documentation/schedule/reference/)
// with legacy fares, "Fares V1": fare_attributes.txt and fare_rules.txt.
//
// A fare applies to a ride when one of its rules does. A rule is the records of
// fare_rules.txt that agree in fare_id, route_id, origin_id and destination_id;
// a field that is left empty is satisfied by everything, and a rule that says
// more does not take precedence over one that says less: of all fares that apply
// the cheapest counts (examples for fares, example 5). With no record in
// fare_rules.txt, every fare applies to every ride (example 1).
//
// contains_id lists all zones that a ride passes (example 7). Which zones a ride
// passed is not known: only stations where somebody went through a gate are. So
// such a rule applies to rides that begin and end in zones that it lists, and
// again the cheapest counts: nobody pays more than had his way been known.
//
// What else is read of a feed: agencies, because a fare with an agency_id is for
// routes of that agency only; routes and stops with their names; zones of stops;
// stations that stops belong to. stop_times.txt and shapes.txt are never opened,
// so a feed of any size costs what its stops and rules cost.
//
// Not used: transfers and transfer_duration (every ride is priced by itself;
// [Fares.Classes] tells them), payment_method, and Fares V2, which is refused
// when there is nothing else.
package gtfs
