using IoTStream.Disk;

namespace IoTStream.Disk;

/// <summary>
/// The files of one directory, with the promises that logs and files of epochs build on and no more: what is written may be lost, in parts and in any
/// order, until the file is synced; a file that is created, renamed or deleted may come back as it was until the directory is synced.
/// </summary>
internal interface IDiskDirectory
{
    /// <summary>What a person would call the directory.</summary>
    string Path { get; }

    /// <summary>The names of the files in it, in ordinal order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Creates a file, or empties one that is there, to be written and read.</summary>
    IDiskFile Create(string name);

    /// <summary>Opens a file that is there.</summary>
    /// <param name="name">The name.</param>
    /// <param name="writable">Whether it is to be written; else somebody else may write it meanwhile.</param>
    IDiskFile Open(string name, bool writable);

    /// <summary>Renames a file; one of the new name is replaced. Either both names are as before, or both as after.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; readers that have it open keep it.</summary>
    void Delete(string name);

    /// <summary>Returns when files that were created, renamed or deleted stay so whatever happens.</summary>
    void Sync();

    /// <summary>A directory in this one; it is created, to stay, if it is not there.</summary>
    IDiskDirectory Subdirectory(string name);

    /// <summary>A directory in this one, or null if it is not there.</summary>
    IDiskDirectory? FindSubdirectory(string name);

    /// <summary>The names of the directories in this one, in ordinal order.</summary>
    IReadOnlyList<string> Subdirectories();

    /// <summary>Puts a file that will not be changed any more into another directory too, which then has to be synced.</summary>
    void Link(string name, IDiskDirectory target);

    /// <summary>Takes the directory for the caller alone, until what is returned is disposed.</summary>
    /// <param name="owner">The process that has it, if it is not to be had and that is known.</param>
    /// <returns>Null if somebody else has it.</returns>
    IDisposable? TryLock(out int? owner);
}
