namespace IoTStream.State;

/// <summary>What a stream-table join keeps of one key: the row's versions that a record may yet be joined with.</summary>
internal struct TableVersions<TRow>
{
    public Timeline<TableVersion<TRow>> Timeline;

    /// <summary>Whether a timer is set at which the versions are looked at for what is over.</summary>
    public bool HasTimer;
}

/// <summary>A row as it has been from a time on, or that there has been none.</summary>
internal readonly record struct TableVersion<TRow>(TRow Row, bool IsDeletion);
