using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Who writes files of a table.</summary>
/// <param name="Context">The step that does.</param>
/// <param name="Log">The identity of its epoch log; null without one, when each opening is a writer of its own, so that no file takes the name of another.</param>
internal sealed record LakeWriter(SinkContext Context, Guid? Log)
{
    /// <summary>What the names of its files begin with.</summary>
    public string Name { get; } = $"{FolderName.Escape(Context.Topology)}.{FolderName.Escape(Context.Step)}.{Log ?? Guid.NewGuid():N}";

    /// <summary>Whether somebody will ask which epochs it has written.</summary>
    public bool IsRemembered => Log is not null;
}
