; Magnet links on Windows, for which electron-builder registers nothing: Shoal is one of the programs that the system's settings offer for
; them. What opens them already goes on doing so; where nothing does, Shoal will. SHELL_CONTEXT is the user, or the machine when it is
; installed for all.

!define MAGNET_CLASS "Shoal.magnet"
!define MAGNET_COMMAND '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
!define CAPABILITIES "Software\Shoal\Capabilities"

!macro registerMagnet KEY
  WriteRegStr SHELL_CONTEXT "Software\Classes\${KEY}" "" "URL:Magnet link"
  WriteRegStr SHELL_CONTEXT "Software\Classes\${KEY}" "URL Protocol" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\${KEY}\DefaultIcon" "" "$INSTDIR\${APP_EXECUTABLE_FILENAME},0"
  WriteRegStr SHELL_CONTEXT "Software\Classes\${KEY}\shell\open\command" "" '${MAGNET_COMMAND}'
!macroend

!macro customInstall
  !insertmacro registerMagnet "${MAGNET_CLASS}"
  WriteRegStr SHELL_CONTEXT "${CAPABILITIES}" "ApplicationName" "Shoal"
  WriteRegStr SHELL_CONTEXT "${CAPABILITIES}" "ApplicationDescription" "Search and share files without servers"
  WriteRegStr SHELL_CONTEXT "${CAPABILITIES}\URLAssociations" "magnet" "${MAGNET_CLASS}"
  WriteRegStr SHELL_CONTEXT "Software\RegisteredApplications" "Shoal" "${CAPABILITIES}"
  ReadRegStr $0 HKCR "magnet\shell\open\command" ""
  ${If} $0 == ""
    !insertmacro registerMagnet "magnet"
  ${EndIf}
  !insertmacro UPDATEFILEASSOC
!macroend

!macro customUnInstall
  DeleteRegKey SHELL_CONTEXT "Software\Classes\${MAGNET_CLASS}"
  DeleteRegKey SHELL_CONTEXT "${CAPABILITIES}"
  DeleteRegKey /ifempty SHELL_CONTEXT "Software\Shoal"
  DeleteRegValue SHELL_CONTEXT "Software\RegisteredApplications" "Shoal"
  ReadRegStr $0 SHELL_CONTEXT "Software\Classes\magnet\shell\open\command" ""
  ${If} $0 == '${MAGNET_COMMAND}'
    DeleteRegKey SHELL_CONTEXT "Software\Classes\magnet"
  ${EndIf}
  !insertmacro UPDATEFILEASSOC
!macroend
