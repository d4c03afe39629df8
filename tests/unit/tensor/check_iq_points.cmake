execute_process(COMMAND ${PYTHON} ${ROOM}/make_iq_points.py ${DATA}
  OUTPUT_VARIABLE made RESULT_VARIABLE status)
file(READ ${ROOM}/kernels/iq_points.inl kept)
if(NOT status EQUAL 0 OR NOT made STREQUAL kept)
  message(FATAL_ERROR "kernels/iq_points.inl is stale: run make_iq_points.py")
endif()
