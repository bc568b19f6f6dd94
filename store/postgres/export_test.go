package postgres

// PlanTime is planTime, for tests.
const PlanTime = planTime
