namespace IoTStream.Testing;

/// <summary>The calls that an exactly-once sink gets.</summary>
internal enum SinkCallKind
{
    Open,
    GetLastEpoch,
    Encode,
    Apply,
}
