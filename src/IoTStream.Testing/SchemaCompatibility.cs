namespace IoTStream.Testing;

/// <summary>Which versions of a schema have to get on with which.</summary>
public enum SchemaCompatibility
{
    /// <summary>None.</summary>
    None,

    /// <summary>The new version reads data of the last one.</summary>
    Backward,

    /// <summary>The new version reads data of all before it.</summary>
    BackwardTransitive,

    /// <summary>The last version reads data of the new one.</summary>
    Forward,

    /// <summary>All versions before it read data of the new one.</summary>
    ForwardTransitive,

    /// <summary>The new version and the last one read each other's data.</summary>
    Full,

    /// <summary>The new version and all before it read each other's data.</summary>
    FullTransitive,
}
