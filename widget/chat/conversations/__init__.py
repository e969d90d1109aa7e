"""Conversations: who is a member, what each may see, groups and the invitations to them."""
