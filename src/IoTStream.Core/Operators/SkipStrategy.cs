namespace IoTStream.Operators;

/// <summary>Which partial matches are given up once a match has been found: those that began with its first record or later, but before...</summary>
internal enum SkipStrategy
{
    /// <summary>None are given up.</summary>
    None,

    /// <summary>...the record after its first.</summary>
    ToNext,

    /// <summary>...the record after its last.</summary>
    PastLast,

    /// <summary>...the first record of a step.</summary>
    ToFirst,

    /// <summary>...the last record of a step.</summary>
    ToLast,
}
