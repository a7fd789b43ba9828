package config

import (
	"fmt"
	"time"
	_ "time/tzdata" // a container without files of time zones knows them, too
)

// Location is the zone of the daily digest.
func (m *Mail) Location() (*time.Location, error) {
	if m.Zone == "Local" || m.Zone == "" {
		// What the machine is set to would be read as what the laboratory has.
		return nil, fmt.Errorf("time zone %q: want a name, as Europe/Paris", m.Zone)
	}
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	return zone, nil
}
