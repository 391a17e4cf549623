# Edits that are cut off, or that would write more than they say (docs/spec/milter-protocol.md 7).

tag edit

define edit letter payload
    eom -> nothing
    frame ${letter} "${payload}"
    frame c
end

for case in "name" "name\0" "name\0value" "\0value\0" "\0\0" "" "two words\0value\0" "a:b\0value\0"
    test "a field to add that reads '${case}'"
        call edit h "${case}"
    end
end

test "a field to add whose name has a line end"
    call edit h "X-A: a\r\nX-Injected\0value\0"
end

test "a field to add whose value begins another field"
    call edit h "X-A\0a\r\nX-Injected: yes\0"
end

test "a field to add whose value ends the header"
    call edit h "X-A\0a\r\n\r\nthis is a body\0"
end

test "a field to add of 60,000 bytes"
    eom -> nothing
    frame h "X-Long\0" fill 60000 "\0"
    frame c
end

test "the Received field of the MTA, deleted and inserted a thousand times further down"
    eom -> action delete-header 1 "Received", action insert-header 1000 "Received" "from nowhere", continue
end

for index in 00000000 ffffffff 7fffffff 80000000
    test "a field to change whose number is 0x${index}"
        eom -> nothing
        frame m ${index} "Subject\0changed\0"
        frame c
    end
    test "a field to insert at 0x${index}"
        eom -> nothing
        frame i ${index} "X-Inserted\0yes\0"
        frame c
    end
end

test "a field to change whose number is cut off"
    call edit m "\0\0"
end

test "a field to insert whose number is all there is"
    call edit i "\0\0\0\x01"
end

for case in "<carol@inbox.test>" "\0" "" "no brackets\0" "<>\0" "<a@b>\r\nDATA\0" "<carol@inbox.test\0" "<@@@:>,;(\0"
    test "a recipient to add that reads '${case}'"
        call edit + "${case}"
    end
end

test "a recipient to add with arguments that are none"
    call edit 2 "<carol@inbox.test>\0NOTIFY=ORCPT= \r\n\0"
end

test "a recipient to add of 60,000 bytes"
    eom -> nothing
    frame + "<" fill 60000 "@inbox.test>\0"
    frame c
end

test "a recipient to delete who is not there"
    call edit - "<nobody@nowhere.test>\0"
end

test "all recipients deleted"
    eom -> action delete-rcpt "<bob@inbox.test>", action delete-rcpt "<carol@inbox.test>", continue
end

for case in "\0" "" "<>" "<a@b>\r\nRCPT TO:<x@y>\0" "no brackets\0" "<ann@client.example>\0SIZE=-1 BODY=9 \r\n\0"
    test "a sender to change that reads '${case}'"
        call edit e "${case}"
    end
end

test "a new body in two pieces with a field in between"
    eom -> action replace-body "one\r\n", action add-header "X-Between" "yes", action replace-body "two\r\n", continue
end

test "a new body with a line of one dot, and commands"
    eom -> action replace-body "a\r\n.\r\nMAIL FROM:<x@y>\r\n", continue
end

test "a new body without line ends"
    call edit b "\0\x01\n\r\r\n\n"
end

test "a new body of nothing"
    call edit b ""
end

test "quarantine for a reason of many lines"
    call edit q "one\r\ntwo\nthree\0"
end

test "quarantine without a reason"
    call edit q ""
end

test "a thousand fields to add"
    eom -> nothing
    repeat 1000 as n
        frame h "X-Many\0${n}\0"
    end
    frame c
end
