package designation

import "math"

func SetParams(e, ratio, ins, del, ddel, igh, trb, trd, sec float64) {
	agree = nats(math.Log(4 * (1 - e)))
	differ = -nats(ratio * math.Log(4*(1-e)))
	insertCost, deleteCost = nats(ins), nats(del)
	dDeleteCost, second = nats(ddel), sec
	dCostIGH, dCostTRB, dCostTRD = igh, trb, trd
	gapModel.Agree, gapModel.Differ = int32(agree), int32(differ)
}
