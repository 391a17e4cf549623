# Frames that no MTA sends. The filter closes the connection of each within 5 s, and goes on serving the others.

test "a frame of length 0"
    open
    negotiate
    frame "M" length 0 "<a@example.org>\0"
    expect closed within 5s
end

test "a frame of the largest length that a signed number can hold"
    open
    negotiate
    frame "M" length 0x7fffffff "<a@example.org>\0"
    expect closed within 5s
end

test "a frame of the largest length that an unsigned number can hold"
    open
    negotiate
    frame "M" length 0xffffffff "<a@example.org>\0"
    expect closed within 5s
end

test "a letter that is not a command"
    open
    negotiate
    frame "z"
    expect closed within 5s
end

test "MAIL without its NUL"
    open
    negotiate
    connect client.example.net 192.0.2.7
    frame "M" "<a@example.org>"
    expect closed within 5s
end

test "a text protocol instead of milter"
    open
    bytes 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a 0d 0a     # GET / HTTP/1.1
    expect closed within 5s
end

test "an MTA that leaves in the middle of a frame"
    connect client.example.net 192.0.2.7
    drop after 3
    helo client.example.net
end

test "every byte in a write of its own"
    write split each 1 gap 1ms
    connect client.example.net 192.0.2.7
    helo client.example.net
    write whole
    quit
end

test "the filter still serves others"
    connect client.example.net 192.0.2.7
    helo client.example.net
    mail <>
    quit
end
