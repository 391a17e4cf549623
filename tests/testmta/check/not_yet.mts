# Words that are reserved for a later version are refused, never accepted in silence.
include "other.mts"
macros none
dialect v2
test "one"
  reset
  connect h 192.0.2.7 -> continue, action quarantine
  negotiate steps +skip
  write split at 1,2
  message file "plain.eml"
end
parallel
  session a
    helo h
  end
end
