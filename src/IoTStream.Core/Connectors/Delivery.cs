namespace IoTStream.Connectors;

/// <summary>How often a record has its effect, whatever fails on the way.</summary>
public enum Delivery
{
    /// <summary>Once, or not at all if something fails.</summary>
    AtMostOnce,

    /// <summary>Once, or more often if something fails.</summary>
    AtLeastOnce,

    /// <summary>Once.</summary>
    ExactlyOnce,
}
