namespace IoTStream.Operators;

/// <summary>How the records of a stream relate to event time.</summary>
internal enum EventOrder
{
    /// <summary>They have none.</summary>
    None,

    /// <summary>They come in the order of arrival.</summary>
    Arrival,

    /// <summary>On each lane they come in the order of their timestamps, and none is late.</summary>
    InOrder,
}
