# TM-007, TM-019 to TM-021: mistakes of blocks, and of what stands in them.
define greet name
  helo ${name}
  frob
end
define knock
  helo ${nam}
end
include "nowhere.mts"
needs skp
test "one"
  use hello
  call greet
  call knok
  use helo
  if negotiated skp
  end
  repeat many
  end
  for n of 1 2
  end
  parallel
    helo h
    session a x0
    end
  end
  together
    delay 1s
  end
  sync here
  expect final hedaer X == y
  expect action add-headr
  capture id "." from reply
  else
end
call greet me
