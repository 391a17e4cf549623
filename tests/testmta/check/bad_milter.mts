# Where no filter can be called.
milter fd:3
milter nowhere
test "one"
  milter inet:no-such-service@127.0.0.1
end
