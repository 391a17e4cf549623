# TM-005, TM-006, TM-007, TM-016, TM-017, TM-024: each line has a mistake of its own.
dialect exim
set a = ${b}
rcpt <x>
test "one"
  rpct <a@b>
  rcpt <a@b>
  connect h 1.2.3
  connect h 192.0.2.7
  helo "a\0b"
  helo h -> contineu
  helo h -> continue, accept
  mail <a> -> reply 550 5.1.1 ~ "(("
  mail <a> -> reject
  rcpt <b>
  body "a\qb"
  frame xx
  delay 20
  helo "no end
	helo "ü" -> x
end
test
end
