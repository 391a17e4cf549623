# Sockets that one cannot connect to.
milter fd:3
milter nowhere
test "one"
  milter inet:no-such-service@127.0.0.1
end
