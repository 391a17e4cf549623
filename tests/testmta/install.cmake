# Installs the component testmta into PREFIX, and has the installed Python client start a world with the installed program.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --component testmta OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY)
set(check "from testmta_world import World\nwith World('peer mx at 127.77.14.1\\nend\\n') as world: print(world.peer('mx').address)")
execute_process(COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=${PREFIX}/${DATA_DIR}/testmta/python TESTMTA=${PREFIX}/${BIN_DIR}/testmta
        PYTHONDONTWRITEBYTECODE=1 ${PYTHON} -c "${check}"
    OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
if(NOT said STREQUAL "127.77.14.1\n")
    message(FATAL_ERROR "the installed client printed ${said}")
endif()
