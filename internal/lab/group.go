package lab

// GroupKind says where a group comes from.
type GroupKind string

// The kinds of group.
const (
	GroupOrdinary GroupKind = "ordinary"
	GroupPersonal GroupKind = "personal" // of one account, made with it
	GroupPublic   GroupKind = "public"   // everybody; there is one
)

// Group is people who share objects and rights. A group may have one parent:
// what is shared with the parent is open to the members of its children, each
// with the rights of the child.
type Group struct {
	ID          int64
	Name        string
	Description string
	Kind        GroupKind
	ParentID    int64 // 0 for none
	UserID      int64 // of a personal group
	QuotaBytes  int64 // for reads; 0 for none
}

// Member is a person in a group.
type Member struct {
	GroupID, UserID int64
	Email, Name     string
}

// Grant is a right that a group's members have on objects of a kind. The words
// are those of internal/access.
type Grant struct {
	GroupID     int64
	Kind, Right string
}
