namespace IoTStream.Storage.Parquet.Tests;

/// <summary>Packages of npm, which test.sh installs.</summary>
internal static class NodePackage
{
    /// <summary>The folder of a package. If it is missing the test is ignored; it fails where everything has to be there (CI=true).</summary>
    public static string Find(string name, string version)
    {
        string? package = (Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);
        if (package is null)
        {
            string reason = $"The npm package {name} is not there: npm install {name}@{version} in some folder, and set NODE_PATH to its node_modules.";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(reason);
            }

            Assert.Ignore(reason);
        }

        return package!;
    }
}
