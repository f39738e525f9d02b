"""What a root field demands of its caller; see chassis.access.policy."""

from chassis.access.policy import Granted, Policy, Public, SignedIn

__all__ = ["Granted", "Policy", "Public", "SignedIn"]
