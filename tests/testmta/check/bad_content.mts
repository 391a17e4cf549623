# Each line is something that no MTA would send. The messages say what would be right.
test "one"
  connect h 192.0.2.7
  mail ann@example.org
  mail <ann@example.org> SIZE=1
  rcpt <bob@example.org
  rcpt ""
  rcpt <bob@example.org>
  data
  header Subject: hello
  header "" x
  header "X Y" x
  headers <<FIELDS
From: Ann <ann@example.org>
 (a fold)
no colon here
To: bob@example.org
FIELDS
  headers <<FIELDS
Subject: hello

A body.
FIELDS
  headers <<FIELDS
 a fold of nothing
FIELDS
end
