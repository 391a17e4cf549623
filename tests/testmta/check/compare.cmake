# Runs `testmta COMMAND NAME`: it must exit with status 2 and print exactly what NAME.expected contains.
execute_process(COMMAND ${TESTMTA} ${COMMAND} ${NAME} OUTPUT_VARIABLE said ERROR_VARIABLE complained
    RESULT_VARIABLE status)
file(READ ${NAME}.expected expected)
if(NOT status EQUAL 2)
    message(FATAL_ERROR "status ${status}, expected 2")
endif()
if(NOT "${said}${complained}" STREQUAL "${expected}")
    message(FATAL_ERROR "expected\n${expected}\ngot\n${said}${complained}")
endif()
