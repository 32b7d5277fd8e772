# SPDX-License-Identifier: Apache-2.0
"""Settings of an emulated Tektronix 5 Series MSO after ``*RST``, and the ranges that they have.

Source: Tektronix 4/5/6 Series MSO Programmer Manual, "Command groups".
"""

from __future__ import annotations

from .tektronix_register import Register

RATES_HZ = (62.5e6, 125e6, 312.5e6, 625e6, 1.25e9, 3.125e9, 6.25e9)
_CHANNELS = tuple(f"CH{number}" for number in range(1, 9))
_ENCODINGS = ("ASCIi", "RIBinary", "RPBinary", "SRIbinary", "SRPbinary")

REGISTERS = (
    Register("HEADer", True),
    Register("VERBose", True),
    Register("HORizontal:MODe", "AUTO", ("AUTO", "MANual")),
    Register("HORizontal:MODe:MANual:CONFIGure", "HORIZONTALSCALE", ("HORIZontalscale", "RECORDLength")),
    Register("HORizontal:SAMPLERate", 6.25e9, low=1.0, high=6.25e9),
    Register("HORizontal:RECOrdlength", 10_000, low=1000, high=1e9),
    Register("HORizontal:DELay:MODe", True),
    Register("HORizontal:DELay:TIMe", 0.0, low=-10.0, high=5e3),
    Register("HORizontal:POSition", 50.0, low=0.0, high=100.0),
    Register("HORizontal:FASTframe:STATE", False),
    Register("HORizontal:FASTframe:COUNt", 20, low=1, high=1e9),
    Register("HORizontal:FASTframe:SUMFrame:STATE", False),
    Register("ACQuire:MODe", "SAMPLE", ("SAMple", "PEAKdetect", "HIRes", "AVErage", "ENVelope")),
    Register("ACQuire:STOPAfter", "RUNSTOP", ("RUNSTop", "SEQuence")),
    Register("ACQuire:FASTAcq:STATE", False),
    Register("CH<x>:SCAle", 0.1, low=5e-4, high=10.0),
    Register("CH<x>:OFFSet", 0.0, low=-10.0, high=10.0),
    Register("CH<x>:POSition", 0.0, low=-5.0, high=5.0),
    Register("CH<x>:TERmination", 1e6, low=50.0, high=1e6),
    Register("CH<x>:COUPling", "DC", ("AC", "DC", "DCR")),
    Register("TRIGger:A:TYPe", "EDGE", ("EDGE", "WIDth", "TIMEOut", "RUNt", "WINdow", "LOGIc")),
    Register("TRIGger:A:MODe", "AUTO", ("AUTO", "NORMal")),
    Register("TRIGger:A:EDGE:SOUrce", "CH1", (*_CHANNELS, "LINE", "AUXiliary")),
    Register("TRIGger:A:EDGE:SLOpe", "RISE", ("RISe", "FALL", "EITher")),
    Register("TRIGger:A:EDGE:COUPling", "DC", ("DC", "HFRej", "LFRej", "NOISErej")),
    Register("TRIGger:A:LEVel:CH<x>", 0.0, low=-10.0, high=10.0),
    Register("TRIGger:A:HOLDoff:BY", "TIME", ("TIMe", "RANDom")),
    Register("TRIGger:A:HOLDoff:TIMe", 0.0, low=0.0, high=10.0),
    Register("TRIGger:AUXLevel", 1.4, low=-5.0, high=5.0),
    Register("DATa:SOUrce", "CH1", _CHANNELS),
    Register("DATa:ENCdg", "RIBINARY", _ENCODINGS),
    Register("DATa:WIDth", 2, low=1, high=2),
    Register("DATa:STARt", 1, low=1, high=1e9),
    Register("DATa:STOP", 10_000, low=1, high=1e9),
    Register("DATa:FRAMESTARt", 1, low=1, high=1e9),
    Register("DATa:FRAMESTOP", 1_000_000, low=1, high=1e9),
    Register("AFG:OUTPut:STATE", False),
)
