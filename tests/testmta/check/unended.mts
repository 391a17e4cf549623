test "one"
  repeat 2
    open
  headers <<FIELDS
Subject: this goes on
end
